/* The picture of an article's box in the classic editor. */
jQuery( function ( $ ) {
	var frame;
	$( '#newsreel-choose' ).on( 'click', function () {
		if ( ! frame ) {
			frame = wp.media( { library: { type: 'image' }, multiple: false } );
			frame.on( 'select', function () {
				var picture = frame.state().get( 'selection' ).first().toJSON();
				var sizes = picture.sizes || {};
				$( '#newsreel-picture' ).val( picture.id );
				$( '#newsreel-picture-shown' ).empty().append(
					$( '<img>' ).attr( { src: ( sizes.medium || picture ).url, alt: picture.alt || '' } ).css( { maxWidth: '100%', height: 'auto' } )
				);
			} );
		}
		frame.open();
	} );
	$( '#newsreel-remove' ).on( 'click', function () {
		$( '#newsreel-picture' ).val( '0' );
		$( '#newsreel-picture-shown' ).empty();
	} );
} );
