/* The panel of the block editor: the same fields as the box of the classic one. */
( function ( wp, given ) {
	var el = wp.element.createElement;
	var words = given.words;
	var marks = { good: '✓ ', bad: '✗ ', calm: '… ' };
	var useSelect = wp.data.useSelect;
	var Panel = ( wp.editPost || {} ).PluginDocumentSettingPanel || ( wp.editor || {} ).PluginDocumentSettingPanel;
	var MediaUpload = wp.blockEditor.MediaUpload;

	function Lines( props ) {
		var state = wp.element.useState( [] );
		wp.element.useEffect( function () {
			var isOpen = true;
			function ask() {
				wp.apiFetch( { path: '/newsreel/v1/articles/' + props.id } ).then( function ( answer ) {
					if ( isOpen ) {
						state[ 1 ]( answer.lines );
					}
				} ).catch( function () {} );
			}
			ask();
			var timer = window.setInterval( ask, 15000 );
			return function () {
				isOpen = false;
				window.clearInterval( timer );
			};
		}, [ props.id, props.isSaving ] );
		return state[ 0 ].map( function ( line, at ) {
			var text = marks[ line.tone ] + line.text;
			return el( 'p', { key: at }, line.url ? el( 'a', { href: line.url, target: '_blank', rel: 'noopener noreferrer' }, text ) : text );
		} );
	}

	function Fields() {
		var post = useSelect( function ( select ) {
			var editor = select( 'core/editor' );
			var meta = editor.getEditedPostAttribute( 'meta' ) || {};
			return {
				id: editor.getCurrentPostId(),
				isSaving: editor.isSavingPost(),
				meta: meta,
				picture: meta._newsreel_picture ? select( 'core' ).getMedia( meta._newsreel_picture ) : null,
			};
		} );
		var edit = wp.data.useDispatch( 'core/editor' ).editPost;
		function set( name, value ) {
			var change = {};
			change[ name ] = value;
			edit( { meta: Object.assign( {}, post.meta, change ) } );
		}
		var choice = post.meta._newsreel_post;
		return el( wp.element.Fragment, null,
			el( wp.components.ToggleControl, {
				label: words.post,
				checked: choice ? choice === 'yes' : given.isDefault,
				onChange: function ( isOn ) {
					set( '_newsreel_post', isOn ? 'yes' : 'no' );
				},
			} ),
			el( wp.components.TextareaControl, {
				label: words.caption,
				help: words.empty,
				maxLength: given.most,
				value: post.meta._newsreel_caption || '',
				onChange: function ( text ) {
					set( '_newsreel_caption', text );
				},
			} ),
			el( 'p', null, words.picture ),
			post.picture ? el( 'img', { src: post.picture.source_url, alt: post.picture.alt_text || '', style: { maxWidth: '100%' } } ) : null,
			el( wp.blockEditor.MediaUploadCheck, null, el( MediaUpload, {
				allowedTypes: [ 'image' ],
				value: post.meta._newsreel_picture,
				onSelect: function ( picture ) {
					set( '_newsreel_picture', picture.id );
				},
				render: function ( media ) {
					return el( wp.components.Button, { variant: 'secondary', onClick: media.open }, words.choose );
				},
			} ) ),
			post.meta._newsreel_picture ? el( wp.components.Button, {
				variant: 'link',
				isDestructive: true,
				onClick: function () {
					set( '_newsreel_picture', 0 );
				},
			}, words.remove ) : null,
			post.id ? el( Lines, { id: post.id, isSaving: post.isSaving } ) : null
		);
	}

	if ( Panel ) {
		wp.plugins.registerPlugin( 'newsreel', {
			icon: null,
			render: function () {
				return el( Panel, { name: 'newsreel', title: words.title }, el( Fields ) );
			},
		} );
	}
} )( window.wp, window.newsreelPanel );
